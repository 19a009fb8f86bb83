import { BaseAgent } from './BaseAgent.ts';
import type { Task } from './BaseAgent.ts';

/** The code architect: takes the tasks that are labelled `code-architect`. */
export class CodeArchitect extends BaseAgent {
  readonly name = 'CodeArchitect';
  readonly label = 'code-architect';

  prompt(task: Task): string {
    return `You are a code architect. Your task: ${task.title}`;
  }
}
