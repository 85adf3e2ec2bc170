// Divergence registers

struct Params { blocks: u32, width: u32, support: u32, alpha: f32, weight: f32, rows: u32 }
@group(0) @binding(0) var<storage, read> ids: array<i32>;
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> teacher: array<f32>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

const STEP = 1u;
fn sumOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn maxOverLanes(lane: u32, value: f32) -> f32 { return value; }
fn settle() {}
fn mixture(q: f32, p: f32, alpha: f32) -> f32 {
  if (alpha == 0.0) { return q; }
  if (alpha == 1.0) { return p; }
  let top = max(q, p);
  return top + log((1.0 - alpha) * exp(q - top) + alpha * exp(p - top));
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let row = block * 64u + lane;
  if (row >= params.rows) { return; }
  let first = 0u;
  let leader = true;
  let at = row * params.width;
  let begin = row * params.support;
  let end = begin + params.support;
  var most = -3.4e38;
  for (var i = begin + first; i < end; i += STEP) { most = max(most, logits[at + u32(ids[i])]); }
  let top = maxOverLanes(lane, most);
  var sum = 0.0;
  for (var i = begin + first; i < end; i += STEP) { sum += exp(logits[at + u32(ids[i])] - top); }
  let total = log(sumOverLanes(lane, sum));
  let ofStudent = select(1.0 - params.alpha, 1.0, params.alpha == 1.0);
  let ofTeacher = select(params.alpha, 1.0, params.alpha == 0.0);
  var loss = 0.0;
  var pull = 0.0;
  for (var i = begin + first; i < end; i += STEP) {
    let q = logits[at + u32(ids[i])] - top - total;
    let p = teacher[i];
    let m = mixture(q, p, params.alpha);
    let fromStudent = ofStudent * exp(q) * (q - m);
    loss += fromStudent + ofTeacher * exp(p) * (p - m);
    let d = select(fromStudent, -exp(p), params.alpha == 0.0);
    teacher[i] = d;
    pull += d;
  }
  let all = sumOverLanes(lane, loss);
  if (leader) { losses[row] = params.weight * all; }
  let pulled = sumOverLanes(lane, pull);
  for (var i = begin + first; i < end; i += STEP) {
    teacher[i] = params.weight * (teacher[i] - exp(logits[at + u32(ids[i])] - top - total) * pulled);
  }
  settle();
  for (var v = first; v < params.width; v += STEP) { logits[at + v] = 0.0; }
  settle();
  for (var i = begin + first; i < end; i += STEP) { logits[at + u32(ids[i])] = teacher[i]; }
}
