// Linear quad half shared 8

struct Params { blocks: u32, rows: u32, inner: u32, out: u32 }
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> tileA: array<f32, 1088>;
var<workgroup> tileB: array<f32, 1088>;


fn part0a0start(o: u32, matrix: u32) -> u32 { return o * params.inner; }
fn part0a0(start: u32, o: u32, k: u32) -> vec4<f32> { return x[(start + k) / 4u]; }
fn part0b0start(o: u32, matrix: u32) -> u32 { return o * params.inner; }
fn part0b0(start: u32, o: u32, k: u32) -> vec4<f32> { return vec4<f32>(unpack2x16float(bitcast<u32>(weight[(start + k) / 2u])), unpack2x16float(bitcast<u32>(weight[(start + k) / 2u + 1u]))); }
fn part0store(row: u32, column: u32, matrix: u32, sum: f32) {
  let at = row * params.out + column; y[at] = sum;
}
fn part0(block: u32, lane: u32) {
  let across = (params.out + 31u) / 32u;
  let down = (params.rows + 7u) / 8u;
  let tiles = across * down * 1u;
  let tile = block;
  
  let column0 = (tile % across) * 32u;
  let row0 = (tile / across % down) * 8u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + 8u, params.rows) - 1u;
  let column1 = min(column0 + 32u, params.out) - 1u;
  let slice = lane / 64u;
  let mine = lane % 64u;
  let x = mine % 32u;
  let y = mine / 32u;
  var s0 = 0.0; var s1 = 0.0; var s2 = 0.0; var s3 = 0.0;
  
  {
  let to = params.inner;
  for (var k0 = 0u; k0 < to; k0 += 32u) {
    
    for (var i = lane; i < 64u; i += 64u) {
      let o = i / 8u; let k = i % 8u * 4u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(row0 + o, params.rows - 1u);
        value = part0a0(part0a0start(outer, matrix), outer, k0 + k);
      }
      tileA[(k + 0u) * 10u + o] = value.x; tileA[(k + 1u) * 10u + o] = value.y; tileA[(k + 2u) * 10u + o] = value.z; tileA[(k + 3u) * 10u + o] = value.w;
    }
    
    for (var i = lane; i < 256u; i += 64u) {
      let o = i / 8u; let k = i % 8u * 4u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(column0 + o, params.out - 1u);
        value = part0b0(part0b0start(outer, matrix), outer, k0 + k);
      }
      tileB[(k + 0u) * 34u + o] = value.x; tileB[(k + 1u) * 34u + o] = value.y; tileB[(k + 2u) * 34u + o] = value.z; tileB[(k + 3u) * 34u + o] = value.w;
    }
    workgroupBarrier();
    for (var k = slice * 32u; k < slice * 32u + 32u; k++) {
      let a0 = tileA[k * 10u + y + 0u]; let a1 = tileA[k * 10u + y + 2u]; let a2 = tileA[k * 10u + y + 4u]; let a3 = tileA[k * 10u + y + 6u];
      let b0 = tileB[k * 34u + x + 0u];
      s0 = fma(a0, b0, s0); s1 = fma(a1, b0, s1); s2 = fma(a2, b0, s2); s3 = fma(a3, b0, s3);
    }
    workgroupBarrier();
  }
  }
  
  writepart0(row0 + y + 0u, column0 + x + 0u, matrix, s0);
  writepart0(row0 + y + 2u, column0 + x + 0u, matrix, s1);
  writepart0(row0 + y + 4u, column0 + x + 0u, matrix, s2);
  writepart0(row0 + y + 6u, column0 + x + 0u, matrix, s3);
}
fn writepart0(row: u32, column: u32, matrix: u32, sum: f32) {
  if (row < params.rows && column < params.out) { part0store(row, column, matrix, sum); }
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }
  part0(block, lane);
}
