/**
 * What the page's controls and parts are called, where a sentence sends somebody to them: components and error sentences take the names from
 * here, so neither can name what the other does not have. Of the settings it has those that a sentence names; settings/ takes their labels from here. Knows no component.
 */
export const CONTROLS = {
  run: 'Run',
  newRun: 'New run',
  resume: 'Resume',
  takeOver: 'Take over',
  settings: 'Settings',
  moreSettings: 'More settings',
  engine: 'Engine',
  cpu: 'CPU (wasm)',
  plan: 'Plan of the next run',
  model: 'Model',
  kit: 'Kit',
  chooseKit: 'Choose files for a kit',
  useKit: 'Use this kit',
  sampleAnswers: 'Sample its answers',
  measureTime: 'Measure the time',
  fromFiles: 'From files',
  chooseFolder: 'Choose a folder',
  chooseFiles: 'Choose files',
  download: 'Download',
  takeHome: 'Take home',
  runs: 'Runs in this browser',
  experiments: 'Experiments in this browser',
  delete: 'Delete',
  compare: 'Compare',
  measureMachine: 'Measure this machine',
  start: 'Start',
  copyDetails: 'copy details',
} as const;

/** Labels of settings that a sentence sends somebody to. */
export const LABELS = {
  learningRate: 'Learning rate',
  prompts: 'Prompts',
  demonstrations: 'Demonstrations',
  maxTokens: 'Longest answer',
  temperature: 'Temperature',
  thinking: 'Thinking',
} as const;

export type ControlName = keyof typeof CONTROLS;
