// RmsNormAddParts

struct Params { blocks: u32, count: u32, columns: u32 }
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let column = block * 64u + lane;
  if (column >= params.columns) { return; }
  var sum = 0.0;
  for (var part = 0u; part < params.count; part++) { sum += parts[part * params.columns + column]; }
  sums[column] = sum;
}
