// LoraLinear quad half residual quad quad shared 64

struct Params { blocks: u32, rows: u32, inner: u32, out: u32, rank: u32, wide: u32, a: u32, b: u32, end0: u32, end1: u32 }
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> weight: array<i32>;
@group(0) @binding(2) var<storage, read> low: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> arena: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;
var<workgroup> tileA: array<f32, 1056>;
var<workgroup> tileB: array<f32, 1056>;

fn blockOf(column: u32) -> u32 { return select(0u, 1u, column >= params.end0) + select(0u, 1u, column >= params.end1); }
fn startOf(g: u32) -> u32 { return select(select(params.end1, params.end0, g == 1u), 0u, g == 0u); }
fn endOf(g: u32) -> u32 { return min(params.out, select(select(NEVER, params.end1, g == 1u), params.end0, g == 0u)); }
const NEVER = 4294967295u;

fn part0a0start(o: u32, matrix: u32) -> u32 { return o * params.inner; }
fn part0a0(start: u32, o: u32, k: u32) -> vec4<f32> { return x[(start + k) / 4u]; }
fn part0b0start(o: u32, matrix: u32) -> u32 { return o * params.inner; }
fn part0b0(start: u32, o: u32, k: u32) -> vec4<f32> { return vec4<f32>(unpack2x16float(bitcast<u32>(weight[(start + k) / 2u])), unpack2x16float(bitcast<u32>(weight[(start + k) / 2u + 1u]))); }
fn part0a1start(o: u32, matrix: u32) -> u32 { return o * params.wide; }
fn part0a1(start: u32, o: u32, k: u32) -> vec4<f32> { return low[(start + k) / 4u]; }
fn part0b1start(o: u32, matrix: u32) -> u32 { return params.b + o * params.rank - blockOf(o) * params.rank; }
fn part0b1(start: u32, o: u32, k: u32) -> vec4<f32> { return select(vec4<f32>(), arena[(start + k) / 4u], k - blockOf(o) * params.rank < params.rank); }
fn part0store(row: u32, column: u32, matrix: u32, sum: f32) {
  let at = row * params.out + column; y[at] = sum + residual[at];
}
fn part0(block: u32, lane: u32) {
  let across = (params.out + 63u) / 64u;
  let down = (params.rows + 63u) / 64u;
  let tiles = across * down * 1u;
  let tile = block;
  
  let column0 = (tile % across) * 64u;
  let row0 = (tile / across % down) * 64u;
  let matrix = tile / (across * down);
  let row1 = min(row0 + 64u, params.rows) - 1u;
  let column1 = min(column0 + 64u, params.out) - 1u;
  let slice = lane / 256u;
  let mine = lane % 256u;
  let x = mine % 16u;
  let y = mine / 16u;
  var s0 = 0.0; var s1 = 0.0; var s2 = 0.0; var s3 = 0.0; var s4 = 0.0; var s5 = 0.0; var s6 = 0.0; var s7 = 0.0; var s8 = 0.0; var s9 = 0.0; var s10 = 0.0; var s11 = 0.0; var s12 = 0.0; var s13 = 0.0; var s14 = 0.0; var s15 = 0.0;
  
  {
  let to = params.inner;
  for (var k0 = 0u; k0 < to; k0 += 16u) {
    
    for (var i = lane; i < 256u; i += 256u) {
      let o = i / 4u; let k = i % 4u * 4u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(row0 + o, params.rows - 1u);
        value = part0a0(part0a0start(outer, matrix), outer, k0 + k);
      }
      tileA[(k + 0u) * 66u + o] = value.x; tileA[(k + 1u) * 66u + o] = value.y; tileA[(k + 2u) * 66u + o] = value.z; tileA[(k + 3u) * 66u + o] = value.w;
    }
    
    for (var i = lane; i < 256u; i += 256u) {
      let o = i / 4u; let k = i % 4u * 4u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(column0 + o, params.out - 1u);
        value = part0b0(part0b0start(outer, matrix), outer, k0 + k);
      }
      tileB[(k + 0u) * 66u + o] = value.x; tileB[(k + 1u) * 66u + o] = value.y; tileB[(k + 2u) * 66u + o] = value.z; tileB[(k + 3u) * 66u + o] = value.w;
    }
    workgroupBarrier();
    for (var k = slice * 16u; k < slice * 16u + 16u; k++) {
      let a0 = tileA[k * 66u + y + 0u]; let a1 = tileA[k * 66u + y + 16u]; let a2 = tileA[k * 66u + y + 32u]; let a3 = tileA[k * 66u + y + 48u];
      let b0 = tileB[k * 66u + x + 0u]; let b1 = tileB[k * 66u + x + 16u]; let b2 = tileB[k * 66u + x + 32u]; let b3 = tileB[k * 66u + x + 48u];
      s0 = fma(a0, b0, s0); s1 = fma(a0, b1, s1); s2 = fma(a0, b2, s2); s3 = fma(a0, b3, s3); s4 = fma(a1, b0, s4); s5 = fma(a1, b1, s5); s6 = fma(a1, b2, s6); s7 = fma(a1, b3, s7); s8 = fma(a2, b0, s8); s9 = fma(a2, b1, s9); s10 = fma(a2, b2, s10); s11 = fma(a2, b3, s11); s12 = fma(a3, b0, s12); s13 = fma(a3, b1, s13); s14 = fma(a3, b2, s14); s15 = fma(a3, b3, s15);
    }
    workgroupBarrier();
  }
  }
  {
  let to = (blockOf(column1) + 1u) * params.rank;
  for (var k0 = blockOf(column0) * params.rank; k0 < to; k0 += 16u) {
    
    for (var i = lane; i < 256u; i += 256u) {
      let o = i / 4u; let k = i % 4u * 4u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(row0 + o, params.rows - 1u);
        value = part0a1(part0a1start(outer, matrix), outer, k0 + k);
      }
      tileA[(k + 0u) * 66u + o] = value.x; tileA[(k + 1u) * 66u + o] = value.y; tileA[(k + 2u) * 66u + o] = value.z; tileA[(k + 3u) * 66u + o] = value.w;
    }
    
    for (var i = lane; i < 256u; i += 256u) {
      let o = i / 4u; let k = i % 4u * 4u;
      var value = vec4<f32>();
      if (k0 + k < to) {
        let outer = min(column0 + o, params.out - 1u);
        value = part0b1(part0b1start(outer, matrix), outer, k0 + k);
      }
      tileB[(k + 0u) * 66u + o] = value.x; tileB[(k + 1u) * 66u + o] = value.y; tileB[(k + 2u) * 66u + o] = value.z; tileB[(k + 3u) * 66u + o] = value.w;
    }
    workgroupBarrier();
    for (var k = slice * 16u; k < slice * 16u + 16u; k++) {
      let a0 = tileA[k * 66u + y + 0u]; let a1 = tileA[k * 66u + y + 16u]; let a2 = tileA[k * 66u + y + 32u]; let a3 = tileA[k * 66u + y + 48u];
      let b0 = tileB[k * 66u + x + 0u]; let b1 = tileB[k * 66u + x + 16u]; let b2 = tileB[k * 66u + x + 32u]; let b3 = tileB[k * 66u + x + 48u];
      s0 = fma(a0, b0, s0); s1 = fma(a0, b1, s1); s2 = fma(a0, b2, s2); s3 = fma(a0, b3, s3); s4 = fma(a1, b0, s4); s5 = fma(a1, b1, s5); s6 = fma(a1, b2, s6); s7 = fma(a1, b3, s7); s8 = fma(a2, b0, s8); s9 = fma(a2, b1, s9); s10 = fma(a2, b2, s10); s11 = fma(a2, b3, s11); s12 = fma(a3, b0, s12); s13 = fma(a3, b1, s13); s14 = fma(a3, b2, s14); s15 = fma(a3, b3, s15);
    }
    workgroupBarrier();
  }
  }
  
  writepart0(row0 + y + 0u, column0 + x + 0u, matrix, s0);
  writepart0(row0 + y + 0u, column0 + x + 16u, matrix, s1);
  writepart0(row0 + y + 0u, column0 + x + 32u, matrix, s2);
  writepart0(row0 + y + 0u, column0 + x + 48u, matrix, s3);
  writepart0(row0 + y + 16u, column0 + x + 0u, matrix, s4);
  writepart0(row0 + y + 16u, column0 + x + 16u, matrix, s5);
  writepart0(row0 + y + 16u, column0 + x + 32u, matrix, s6);
  writepart0(row0 + y + 16u, column0 + x + 48u, matrix, s7);
  writepart0(row0 + y + 32u, column0 + x + 0u, matrix, s8);
  writepart0(row0 + y + 32u, column0 + x + 16u, matrix, s9);
  writepart0(row0 + y + 32u, column0 + x + 32u, matrix, s10);
  writepart0(row0 + y + 32u, column0 + x + 48u, matrix, s11);
  writepart0(row0 + y + 48u, column0 + x + 0u, matrix, s12);
  writepart0(row0 + y + 48u, column0 + x + 16u, matrix, s13);
  writepart0(row0 + y + 48u, column0 + x + 32u, matrix, s14);
  writepart0(row0 + y + 48u, column0 + x + 48u, matrix, s15);
}
fn writepart0(row: u32, column: u32, matrix: u32, sum: f32) {
  if (row < params.rows && column < params.out) { part0store(row, column, matrix, sum); }
}
@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }
  part0(block, lane);
}
