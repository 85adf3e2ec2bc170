// CrossEntropy vec4<f32> registers

struct Params { blocks: u32, columns: u32, width: u32, weight: f32, rows: u32 }
@group(0) @binding(0) var<storage, read> targets: array<i32>;
@group(0) @binding(1) var<storage, read_write> logits: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> losses: array<f32>;
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
  let at = row * params.columns;
  var most = N(-3.4e38);
  for (var i = first; i < params.columns; i += STEP) { most = max(most, logits[at + i]); }
  let top = maxOverLanes(lane, largestOf(most));
  var sum = N();
  for (var i = first; i < params.columns; i += STEP) { sum += exp(logits[at + i] - top); }
  let total = sumOverLanes(lane, sumOf(sum));
  
  let id = targets[row];
  var chosen = 0.0;
  if (id >= 0 && id < i32(params.width)) { chosen = logits[at + u32(id) / 4u][u32(id) % 4u]; }
  if (leader) { losses[row] = params.weight * (top - chosen + log(total)); }
  settle();
  let inverse = 1.0 / total;
  for (var i = first; i < params.columns; i += STEP) {
    logits[at + i] = (exp(logits[at + i] - top) * inverse - select(N(), N(1.0), placesOf(i) == N(f32(id)))) * params.weight;
  }
}
