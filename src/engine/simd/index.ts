// Every kernel that the CPU backend calls: functions over pointers into tfjs' own memory. No globals, no strings, no allocation,
// no static data (it would overwrite tfjs' own).
export { product } from './product';
