// RmsNormGainParts vec4<f32> registers

struct Params { blocks: u32, columns: u32, width: f32, epsilon: f32, all: u32, rows: u32 }
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> parts: array<vec4<f32>>;
@group(0) @binding(3) var<uniform> params: Params;

const STEP = 1u;
fn sumOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn maxOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn settle() {}
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

  let row = block * 64u + lane;
  if (row >= params.rows) { return; }
  let first = 0u;
  let leader = true;
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
