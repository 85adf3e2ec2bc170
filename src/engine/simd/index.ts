// Every kernel that the CPU backend calls. Functions over pointers only: no globals, no strings, no allocation.
export function add(a: i32, b: i32): i32 { return a + b; }
