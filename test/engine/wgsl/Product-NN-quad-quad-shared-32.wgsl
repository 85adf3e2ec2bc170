// Product NN quad quad shared 32

struct Params { blocks: u32, rows: u32, columns: u32, inner: u32, matrices: u32 }
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;
var<workgroup> tileA: array<f32, 544>;
var<workgroup> tileB: array<f32, 544>;


fn part0a0start(o: u32, matrix: u32) -> u32 { return matrix * params.rows * params.inner + o * params.inner; }
fn part0a0(start: u32, o: u32, k: u32) -> vec4<f32> { return a[(start + k) / 4u]; }
fn part0b0start(o: u32, matrix: u32) -> u32 { return matrix * params.inner * params.columns + o; }
fn part0b0(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), b[(start + k * params.columns) / 4u], k < params.inner); }
fn part0store(row: u32, column: u32, matrix: u32, sum: f32) {
  c[(matrix * params.rows + row) * params.columns + column] = sum;
}
fn part0(block: u32, lane: u32) {
  let across = (params.columns + 31u) / 32u;
  let down = (params.rows + 31u) / 32u;
  let tiles = across * down * params.matrices;
  let tile = block;
  
  let column0 = (tile % across) * 32u;
  let row0 = (tile / across % down) * 32u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + 32u, params.rows) - 1u;
  let column1 = min(column0 + 32u, params.columns) - 1u;
  let slice = lane / 64u;
  let mine = lane % 64u;
  let x = mine % 8u;
  let y = mine / 8u;
  var s0 = 0.0; var s1 = 0.0; var s2 = 0.0; var s3 = 0.0; var s4 = 0.0; var s5 = 0.0; var s6 = 0.0; var s7 = 0.0; var s8 = 0.0; var s9 = 0.0; var s10 = 0.0; var s11 = 0.0; var s12 = 0.0; var s13 = 0.0; var s14 = 0.0; var s15 = 0.0;
  
  {
  let to = params.inner;
  for (var k0 = 0u; k0 < to; k0 += 16u) {
    
    for (var i = lane; i < 128u; i += 64u) {
      let o = i / 4u; let k = i % 4u * 4u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(row0 + o, params.rows - 1u);
        value = part0a0(part0a0start(outer, matrix), outer, k0 + k);
      }
      tileA[(k + 0u) * 34u + o] = value.x; tileA[(k + 1u) * 34u + o] = value.y; tileA[(k + 2u) * 34u + o] = value.z; tileA[(k + 3u) * 34u + o] = value.w;
    }
    
    for (var i = lane; i < 128u; i += 64u) {
      let o = i % 8u * 4u; let k = i / 8u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(column0 + o, params.columns - 4u);
        value = part0b0(part0b0start(outer, matrix), outer, k0 + k);
      }
      tileB[k * 34u + o + 0u] = value.x; tileB[k * 34u + o + 1u] = value.y; tileB[k * 34u + o + 2u] = value.z; tileB[k * 34u + o + 3u] = value.w;
    }
    workgroupBarrier();
    for (var k = slice * 16u; k < slice * 16u + 16u; k++) {
      let a0 = tileA[k * 34u + y + 0u]; let a1 = tileA[k * 34u + y + 8u]; let a2 = tileA[k * 34u + y + 16u]; let a3 = tileA[k * 34u + y + 24u];
      let b0 = tileB[k * 34u + x + 0u]; let b1 = tileB[k * 34u + x + 8u]; let b2 = tileB[k * 34u + x + 16u]; let b3 = tileB[k * 34u + x + 24u];
      s0 = fma(a0, b0, s0); s1 = fma(a0, b1, s1); s2 = fma(a0, b2, s2); s3 = fma(a0, b3, s3); s4 = fma(a1, b0, s4); s5 = fma(a1, b1, s5); s6 = fma(a1, b2, s6); s7 = fma(a1, b3, s7); s8 = fma(a2, b0, s8); s9 = fma(a2, b1, s9); s10 = fma(a2, b2, s10); s11 = fma(a2, b3, s11); s12 = fma(a3, b0, s12); s13 = fma(a3, b1, s13); s14 = fma(a3, b2, s14); s15 = fma(a3, b3, s15);
    }
    workgroupBarrier();
  }
  }
  
  writepart0(row0 + y + 0u, column0 + x + 0u, matrix, s0);
  writepart0(row0 + y + 0u, column0 + x + 8u, matrix, s1);
  writepart0(row0 + y + 0u, column0 + x + 16u, matrix, s2);
  writepart0(row0 + y + 0u, column0 + x + 24u, matrix, s3);
  writepart0(row0 + y + 8u, column0 + x + 0u, matrix, s4);
  writepart0(row0 + y + 8u, column0 + x + 8u, matrix, s5);
  writepart0(row0 + y + 8u, column0 + x + 16u, matrix, s6);
  writepart0(row0 + y + 8u, column0 + x + 24u, matrix, s7);
  writepart0(row0 + y + 16u, column0 + x + 0u, matrix, s8);
  writepart0(row0 + y + 16u, column0 + x + 8u, matrix, s9);
  writepart0(row0 + y + 16u, column0 + x + 16u, matrix, s10);
  writepart0(row0 + y + 16u, column0 + x + 24u, matrix, s11);
  writepart0(row0 + y + 24u, column0 + x + 0u, matrix, s12);
  writepart0(row0 + y + 24u, column0 + x + 8u, matrix, s13);
  writepart0(row0 + y + 24u, column0 + x + 16u, matrix, s14);
  writepart0(row0 + y + 24u, column0 + x + 24u, matrix, s15);
}
fn writepart0(row: u32, column: u32, matrix: u32, sum: f32) {
  if (row < params.rows && column < params.columns) { part0store(row, column, matrix, sum); }
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }
  part0(block, lane);
}
