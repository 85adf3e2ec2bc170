// RopeAppend f32

struct Params { blocks: u32, size: u32, length: u32, heads: u32, keyHeads: u32, half: u32, capacity: u32, prefix: u32 }
@group(0) @binding(0) var<storage, read> frequencies: array<f32>;
@group(0) @binding(1) var<storage, read> start: array<i32>;
@group(0) @binding(2) var<storage, read_write> qkv: array<f32>;
@group(0) @binding(3) var<storage, read_write> keys: array<f32>;
@group(0) @binding(4) var<storage, read_write> values: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

alias N = f32;
fn sumOf(x: N) -> f32 { return x; }
fn largestOf(x: N) -> f32 { return x; }
fn smallestOf(x: N) -> f32 { return x; }
fn placesOf(i: u32) -> N { return f32(i); }
fn notFinite(x: N) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u; }
struct Pairs { first: N, second: N }
fn turned(pairs: Pairs, at: i32, i: u32, sign: f32) -> Pairs {
  let position = f32(at);
  let turns = position * frequencies[i];
  let lost = fma(N(position), frequencies[i], -turns) + position * frequencies[params.half + i];
  let angle = turns - floor(turns) + lost; // in turns, between -1/2 and 1
  let quarter = round(angle * 4.0);
  let x = (angle - quarter * 0.25) * 6.283185307;
  let z = x * x;
  let s = x + x * z * (-1.6666654611e-1 + z * (8.3321608736e-3 + z * -1.9515295891e-4));
  let c = 1.0 - 0.5 * z + z * z * (4.166664568298827e-2 + z * (-1.388731625493765e-3 + z * 2.443315711809948e-5));
  // After one or three quarters sine and cosine have changed places; one of them is negative in each half of the turn.
  let odd = abs(quarter - 2.0 * floor(quarter * 0.5)) > N(0.5);
  let half = quarter - 4.0 * floor(quarter * 0.25); // 0 .. 3
  let cosine = select(N(1.0), N(-1.0), abs(half - 1.5) < N(1.0)) * select(c, s, odd);
  let sine = select(N(sign), N(-sign), half > N(1.5)) * select(s, c, odd);
  return Pairs(pairs.first * cosine - pairs.second * sine, pairs.second * cosine + pairs.first * sine);
}
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let pair = block * 64u + lane;
  if (pair >= params.size) { return; }
  let i = pair % params.half;
  let all = params.heads + 2u * params.keyHeads;
  let head = pair / params.half % all;
  let token = pair / (params.half * all);
  let row = token / params.length;
  let position = start[row] + i32(token % params.length);
  let first = (token * all + head) * 2u * params.half + i;
  let second = first + params.half;
  var pairs = Pairs(qkv[first], qkv[second]);
  if (head < params.heads + params.keyHeads) {
    pairs = turned(pairs, position, i, 1.0);
    qkv[first] = pairs.first;
    qkv[second] = pairs.second;
  }
  if (head < params.heads || position < i32(params.prefix) || position >= i32(params.capacity)) { return; }
  let keyHead = (head - params.heads) % params.keyHeads;
  let slot = ((row * (params.capacity - params.prefix) + u32(position)) * params.keyHeads + keyHead) * 2u * params.half + i;
  if (head < params.heads + params.keyHeads) {
    keys[slot] = pairs.first;
    keys[slot + params.half] = pairs.second;
  } else {
    values[slot] = pairs.first;
    values[slot + params.half] = pairs.second;
  }
}
