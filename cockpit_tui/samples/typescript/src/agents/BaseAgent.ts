export interface Task {
  title: string;
  label: string;
}

/** A member of the team. It takes the tasks that carry its label. */
export abstract class BaseAgent {
  abstract readonly name: string;
  abstract readonly label: string;

  accepts(task: Task): boolean {
    return task.label === this.label;
  }

  /** What a model is told about the task. */
  abstract prompt(task: Task): string;
}
