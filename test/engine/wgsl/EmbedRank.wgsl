// EmbedRank

struct Params { blocks: u32, places: u32 }
@group(0) @binding(0) var<storage, read> ids: array<i32>;
@group(0) @binding(1) var<storage, read_write> order: array<i32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let place = block * 64u + lane;
  if (place >= params.places) { return; }
  let mine = ids[place];
  var rank = 0u;
  for (var other = 0u; other < params.places; other++) {
    let id = ids[other];
    if (id < mine || (id == mine && other < place)) { rank++; }
  }
  order[rank] = i32(place);
}
