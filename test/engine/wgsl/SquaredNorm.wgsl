// SquaredNorm

struct Params { blocks: u32, size: u32, first: u32 }
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read_write> slots: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

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
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  var sum = 0.0;
  let end = min(params.size, (block + 1u) * 4096u);
  for (var i = block * 4096u + lane; i < end; i += 64u) { sum = fma(gradient[i], gradient[i], sum); }
  let total = sumOverLanes(lane, sum);
  if (lane == 0u) { slots[params.first + block] = total; }
}
