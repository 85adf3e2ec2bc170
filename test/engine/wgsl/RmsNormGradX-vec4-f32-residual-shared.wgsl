// RmsNormGradX vec4<f32> residual shared

struct Params { blocks: u32, columns: u32, width: f32, epsilon: f32, rows: u32 }
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> gain: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> residual: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dx: array<vec4<f32>>;
@group(0) @binding(5) var<uniform> params: Params;

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
alias N = vec4<f32>;
fn sumOf(x: N) -> f32 { return x.x + x.y + x.z + x.w; }
fn largestOf(x: N) -> f32 { return max(max(x.x, x.y), max(x.z, x.w)); }
fn smallestOf(x: N) -> f32 { return min(min(x.x, x.y), min(x.z, x.w)); }
fn placesOf(i: u32) -> N { return vec4<f32>(f32(4u * i)) + vec4<f32>(0.0, 1.0, 2.0, 3.0); }
fn notFinite(x: N) -> bool { return any((bitcast<vec4<u32>>(x) & vec4<u32>(0x7f800000u)) == vec4<u32>(0x7f800000u)); }
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let row = block;
  let first = lane;
  let leader = lane == 0u;
  let at = row * params.columns;
  var squares = N();
  var inner = N();
  for (var i = first; i < params.columns; i += STEP) {
    let value = x[at + i];
    squares = fma(value, value, squares);
    inner = fma(dy[at + i] * gain[i], value, inner);
  }
  let scale = inverseSqrt(sumOverLanes(lane, sumOf(squares)) / params.width + params.epsilon);
  let slope = sumOverLanes(lane, sumOf(inner)) / params.width * scale * scale;
  for (var i = first; i < params.columns; i += STEP) {
    dx[at + i] = scale * (dy[at + i] * gain[i] - x[at + i] * slope) + residual[at + i];
  }
}
