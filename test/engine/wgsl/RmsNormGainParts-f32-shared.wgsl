// RmsNormGainParts f32 shared

struct Params { blocks: u32, columns: u32, width: f32, epsilon: f32, all: u32, rows: u32 }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> lanes: array<f32, 64>;
fn sumOverLanes(lane: u32, value: f32) -> f32 {
  lanes[lane] = value;
  workgroupBarrier();
  for (var step = 32u; step > 0u; step >>= 1u) {
    if (lane < step) { lanes[lane] += lanes[lane + step]; }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&lanes[0]);
}
fn maxOverLanes(lane: u32, value: f32) -> f32 {
  lanes[lane] = value;
  workgroupBarrier();
  for (var step = 32u; step > 0u; step >>= 1u) {
    if (lane < step) { lanes[lane] = max(lanes[lane], lanes[lane + step]); }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&lanes[0]);
}
const STEP = 64u;
fn settle() { storageBarrier(); }
alias N = f32;
fn sumOf(x: N) -> f32 { return x; }
fn largestOf(x: N) -> f32 { return x; }
fn smallestOf(x: N) -> f32 { return x; }
fn placesOf(i: u32) -> N { return f32(i); }
fn notFinite(x: N) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u; }
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let row = block;
  let first = lane;
  let leader = lane == 0u;
  let to = row * params.columns;
  for (var i = first; i < params.columns; i += STEP) { parts[to + i] = N(); }
  for (var r = row * 16u; r < min(params.all, (row + 1u) * 16u); r++) {
    let at = r * params.columns;
  var squares = N();
  for (var i = first; i < params.columns; i += STEP) { squares = fma(x[at + i], x[at + i], squares); }
  let scale = inverseSqrt(sumOverLanes(lane, sumOf(squares)) / params.width + params.epsilon);
    for (var i = first; i < params.columns; i += STEP) { parts[to + i] = fma(dy[at + i], x[at + i] * scale, parts[to + i]); }
  }
}
