// EmbedScatter

struct Params { blocks: u32, size: u32, width: u32, places: u32 }
@group(0) @binding(0) var<storage, read> ids: array<i32>;
@group(0) @binding(1) var<storage, read> order: array<i32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  let id = i32(i / params.width);
  let column = i % params.width;
  var low = 0u;
  var high = params.places;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (ids[order[middle]] < id) { low = middle + 1u; } else { high = middle; }
  }
  var sum = 0.0;
  for (var at = low; at < params.places; at++) {
    let place = u32(order[at]);
    if (ids[place] != id) { break; }
    sum += dy[place * params.width + column];
  }
  gradient[i] = sum;
}
