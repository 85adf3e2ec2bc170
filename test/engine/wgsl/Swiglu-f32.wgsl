// Swiglu f32

struct Params { blocks: u32, size: u32, width: u32 }
@group(0) @binding(0) var<storage, read> gateUp: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

alias N = f32;
fn sumOf(x: N) -> f32 { return x; }
fn largestOf(x: N) -> f32 { return x; }
fn smallestOf(x: N) -> f32 { return x; }
fn placesOf(i: u32) -> N { return f32(i); }
fn notFinite(x: N) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u; }
fn sigmoid(x: N) -> N {
  let e = exp(-abs(x));
  return select(e, N(1.0), x >= N(0.0)) / (N(1.0) + e);
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let gateAt = i + i / params.width * params.width;
  let upAt = gateAt + params.width;
  let gate = gateUp[gateAt];
  let s = sigmoid(gate);
  y[i] = gate * s * gateUp[upAt];
}
