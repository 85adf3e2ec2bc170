// Embed half

struct Params { blocks: u32, size: u32, width: u32, rows: u32 }
@group(0) @binding(0) var<storage, read> ids: array<i32>;
@group(0) @binding(1) var<storage, read> table: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let id = ids[i / params.width];
  let at = u32(id) * params.width + i % params.width;
  var value = 0.0;
  if (id >= 0 && id < i32(params.rows)) { value = unpack2x16float(bitcast<u32>(table[at / 2u]))[at % 2u]; }
  y[i] = value;
}
