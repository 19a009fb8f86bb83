import type { BaseAgent, Task } from './BaseAgent.ts';
import { CodeArchitect } from './CodeArchitect.ts';

export { BaseAgent } from './BaseAgent.ts';
export { CodeArchitect } from './CodeArchitect.ts';
export type { Task } from './BaseAgent.ts';

/** Every agent's class, by the label of the tasks that it takes. */
export const AGENTS: ReadonlyMap<string, new () => BaseAgent> = new Map([
  ['code-architect', CodeArchitect],
]);

/** The agent that takes the task. Throws a RangeError if there is none. */
export function assign(task: Task): BaseAgent {
  for (const Agent of AGENTS.values()) {
    const agent = new Agent();
    if (agent.accepts(task)) {
      return agent;
    }
  }
  throw new RangeError(`No agent takes tasks labelled ${task.label}.`);
}
