// AdamW

struct Params { blocks: u32, size: u32, learningRate: f32, beta1: f32, beta2: f32, rest1: f32, rest2: f32, epsilon: f32, weightDecay: f32, clip: f32, correction1: f32, correction2: f32 }
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> norm2: array<f32>;
@group(0) @binding(2) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroupId: vec3<u32>, @builtin(num_workgroups) workgroupCount: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let block = workgroupId.x + workgroupId.y * workgroupCount.x;
  if (block >= params.blocks) { return; }

  let i = block * 64u + lane;
  if (i >= params.size) { return; }
  // Infinity or NaN, told by its bits because compilers may assume that there is none: nothing is changed.
  if ((bitcast<u32>(norm2[0]) & 0x7f800000u) == 0x7f800000u) { return; }
  let g = gradient[i] * min(1.0, params.clip * inverseSqrt(norm2[0] + 1e-30));
  let nextM = params.beta1 * m[i] + params.rest1 * g;
  let nextV = params.beta2 * v[i] + params.rest2 * g * g;
  let step = nextM * params.correction1 / (sqrt(nextV * params.correction2) + params.epsilon);
  m[i] = nextM;
  v[i] = nextV;
  parameter[i] -= params.learningRate * (step + params.weightDecay * parameter[i]);
}
