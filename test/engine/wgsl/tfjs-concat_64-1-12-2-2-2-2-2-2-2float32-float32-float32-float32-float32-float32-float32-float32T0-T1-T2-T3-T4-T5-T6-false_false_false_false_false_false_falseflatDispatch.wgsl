
  struct vec5 {x: i32, y: i32, z: i32, w: i32, u: i32};
  struct vec6 {x: i32, y: i32, z: i32, w: i32, u: i32, v: i32};

  // Checks whether coordinates lie within the bounds of the shape.
  fn coordsInBounds2D(coord : vec2<i32>, shape : vec2<i32>) -> bool {
    return all(coord >= vec2<i32>(0)) && all(coord < shape);
  }
  fn coordsInBounds3D(coord : vec3<i32>, shape : vec3<i32>) -> bool {
    return all(coord >= vec3<i32>(0)) && all(coord < shape);
  }
  fn coordsInBounds4D(coord : vec4<i32>, shape : vec4<i32>) -> bool {
    return all(coord >= vec4<i32>(0)) && all(coord < shape);
  }

  fn getIndexFromCoords1D(coord : i32, shape : i32) -> i32 {
    return coord;
  }
  fn getIndexFromCoords2D(coords : vec2<i32>, shape : vec2<i32>) -> i32 {
    return dot(coords, vec2<i32>(shape.y, 1));
  }
  fn getIndexFromCoords3D(coords : vec3<i32>, shape : vec3<i32>) -> i32 {
    return dot(coords, vec3<i32>(shape.y * shape.z, shape.z, 1));
  }
  fn getIndexFromCoords4D(coords : vec4<i32>, shape : vec4<i32>) -> i32 {
    return dot(coords, vec4<i32>(
        shape.y * shape.z * shape.w, shape.z * shape.w, shape.w, 1));
  }
  fn getIndexFromCoords5D(coords : vec5, shape : vec5) -> i32 {
    let shapeStrides: vec5 = vec5(shape.y * shape.z * shape.w * shape.u, shape.z * shape.w * shape.u, shape.w * shape.u, shape.u, 1);
    return coords.x*shapeStrides.x + coords.y*shapeStrides.y + coords.z*shapeStrides.z + coords.w*shapeStrides.w + coords.u*shapeStrides.u;
  }
  fn getIndexFromCoords6D(coords : vec6, shape : vec6) -> i32 {
    let shapeStrides: vec6 = vec6(shape.y * shape.z * shape.w * shape.u * shape.v, shape.z * shape.w * shape.u * shape.v, shape.w * shape.u * shape.v, shape.u * shape.v, shape.v, 1);
    return coords.x*shapeStrides.x + coords.y*shapeStrides.y + coords.z*shapeStrides.z + coords.w*shapeStrides.w + coords.u*shapeStrides.u + coords.v*shapeStrides.v;
  }

  // NaN defination in IEEE 754-1985 is :
  //   - sign = either 0 or 1.
  //   - biased exponent = all 1 bits.
  //   - fraction = anything except all 0 bits (since all 0 bits represents infinity).
  // https://en.wikipedia.org/wiki/IEEE_754-1985#Representation_of_non-numbers
  fn isnan(val: f32) -> bool {
    let floatToUint: u32 = bitcast<u32>(val);
    return (floatToUint & 0x7fffffffu) > 0x7f800000u;
  }
  fn isnanVec4(val : vec4<f32>) -> vec4<bool> {
    let floatToUint: vec4<u32> = bitcast<vec4<u32>>(val);
    return (floatToUint & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
  }



      var<private> localId: vec3<u32>;
      var<private> localIndex: u32;
      var<private> globalId: vec3<u32>;
      var<private> numWorkgroups: vec3<u32>;
      var<private> workgroupId: vec3<u32>;

      // Only used when the y/z dimension of workgroup size is 1.
      fn getGlobalIndex() -> i32 {
          return i32(globalId.x);
      }
    
struct Uniforms { NAN : f32, INFINITY : f32, t0Shape : vec2<i32>, t0ShapeStrides: i32, t1Shape : vec2<i32>, t1ShapeStrides: i32, t2Shape : vec2<i32>, t2ShapeStrides: i32, t3Shape : vec2<i32>, t3ShapeStrides: i32, t4Shape : vec2<i32>, t4ShapeStrides: i32, t5Shape : vec2<i32>, t5ShapeStrides: i32, t6Shape : vec2<i32>, t6ShapeStrides: i32, outShape : vec2<i32>, 
         outShapeStrides: i32, size : i32, offset0 : i32,offset1 : i32,offset2 : i32,offset3 : i32,offset4 : i32,offset5 : i32,};

      @group(0) @binding(0) var<storage, read_write> result: array<f32>;
    

      @group(0) @binding(1) var<storage, read> T0: array<f32>;
        

      @group(0) @binding(2) var<storage, read> T1: array<f32>;
        

      @group(0) @binding(3) var<storage, read> T2: array<f32>;
        

      @group(0) @binding(4) var<storage, read> T3: array<f32>;
        

      @group(0) @binding(5) var<storage, read> T4: array<f32>;
        

      @group(0) @binding(6) var<storage, read> T5: array<f32>;
        

      @group(0) @binding(7) var<storage, read> T6: array<f32>;
        

      @group(0) @binding(8) var<uniform> uniforms: Uniforms;
      
  fn isinf(val: f32) -> bool {
    return abs(val) == uniforms.INFINITY;
  }

    fn getCoordsFromIndex(index : i32) -> vec2<i32> {
      let d0 = index / uniforms.outShapeStrides; let d1 = index - d0 * uniforms.outShapeStrides;
      return vec2<i32>(d0, d1);
    }
fn getOutputCoords() -> vec2<i32>{
    let globalIndex = getGlobalIndex();
    return getCoordsFromIndex(globalIndex);
  }
  

        fn getOutputIndexFromCoords(coords : vec2<i32>) -> i32 {
          return dot(coords, vec2<i32>(uniforms.outShapeStrides, 1));
        }
        
fn setOutputAtIndex(flatIndex : i32, value : f32) {
      result[flatIndex] = f32(value);
    }

    fn setOutputAtIndexI32(flatIndex : i32, value : i32) {
      result[flatIndex] = f32(value);
    }
    
      fn setOutputAtCoords(d0 : i32, d1 : i32, value : f32) {
        let flatIndex = getOutputIndexFromCoords(vec2<i32>(d0, d1));
        setOutputAtIndex(flatIndex, value);
      }
      fn setOutputAtCoordsI32(d0 : i32, d1 : i32, value : i32) {
        let flatIndex = getOutputIndexFromCoords(vec2<i32>(d0, d1));
        setOutputAtIndexI32(flatIndex, value);
      }
    
    fn getT0CoordsFromIndex(index : i32) -> vec2<i32> {
      let d0 = index / uniforms.t0ShapeStrides; let d1 = index - d0 * uniforms.t0ShapeStrides;
      return vec2<i32>(d0, d1);
    }
    fn getT1CoordsFromIndex(index : i32) -> vec2<i32> {
      let d0 = index / uniforms.t1ShapeStrides; let d1 = index - d0 * uniforms.t1ShapeStrides;
      return vec2<i32>(d0, d1);
    }
    fn getT2CoordsFromIndex(index : i32) -> vec2<i32> {
      let d0 = index / uniforms.t2ShapeStrides; let d1 = index - d0 * uniforms.t2ShapeStrides;
      return vec2<i32>(d0, d1);
    }
    fn getT3CoordsFromIndex(index : i32) -> vec2<i32> {
      let d0 = index / uniforms.t3ShapeStrides; let d1 = index - d0 * uniforms.t3ShapeStrides;
      return vec2<i32>(d0, d1);
    }
    fn getT4CoordsFromIndex(index : i32) -> vec2<i32> {
      let d0 = index / uniforms.t4ShapeStrides; let d1 = index - d0 * uniforms.t4ShapeStrides;
      return vec2<i32>(d0, d1);
    }
    fn getT5CoordsFromIndex(index : i32) -> vec2<i32> {
      let d0 = index / uniforms.t5ShapeStrides; let d1 = index - d0 * uniforms.t5ShapeStrides;
      return vec2<i32>(d0, d1);
    }
    fn getT6CoordsFromIndex(index : i32) -> vec2<i32> {
      let d0 = index / uniforms.t6ShapeStrides; let d1 = index - d0 * uniforms.t6ShapeStrides;
      return vec2<i32>(d0, d1);
    }

    fn getT0(d0 : i32, d1 : i32) -> f32 {
      return f32(T0[getIndexFromCoords2D(vec2<i32>(d0,d1),
        uniforms.t0Shape)]);
    }
   
  fn getT0ByOutputIndex(globalIndex : i32) -> f32 {
    var coords = getCoordsFromIndex(globalIndex);
    
    return f32(T0[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t0Shape)]);
  }

  fn getT0ByOutputCoords(coordsIn : vec2<i32>) -> f32 {
    var coords = coordsIn;
    
    return f32(T0[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t0Shape)]);
  }


    fn getT1(d0 : i32, d1 : i32) -> f32 {
      return f32(T1[getIndexFromCoords2D(vec2<i32>(d0,d1),
        uniforms.t1Shape)]);
    }
   
  fn getT1ByOutputIndex(globalIndex : i32) -> f32 {
    var coords = getCoordsFromIndex(globalIndex);
    
    return f32(T1[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t1Shape)]);
  }

  fn getT1ByOutputCoords(coordsIn : vec2<i32>) -> f32 {
    var coords = coordsIn;
    
    return f32(T1[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t1Shape)]);
  }


    fn getT2(d0 : i32, d1 : i32) -> f32 {
      return f32(T2[getIndexFromCoords2D(vec2<i32>(d0,d1),
        uniforms.t2Shape)]);
    }
   
  fn getT2ByOutputIndex(globalIndex : i32) -> f32 {
    var coords = getCoordsFromIndex(globalIndex);
    
    return f32(T2[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t2Shape)]);
  }

  fn getT2ByOutputCoords(coordsIn : vec2<i32>) -> f32 {
    var coords = coordsIn;
    
    return f32(T2[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t2Shape)]);
  }


    fn getT3(d0 : i32, d1 : i32) -> f32 {
      return f32(T3[getIndexFromCoords2D(vec2<i32>(d0,d1),
        uniforms.t3Shape)]);
    }
   
  fn getT3ByOutputIndex(globalIndex : i32) -> f32 {
    var coords = getCoordsFromIndex(globalIndex);
    
    return f32(T3[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t3Shape)]);
  }

  fn getT3ByOutputCoords(coordsIn : vec2<i32>) -> f32 {
    var coords = coordsIn;
    
    return f32(T3[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t3Shape)]);
  }


    fn getT4(d0 : i32, d1 : i32) -> f32 {
      return f32(T4[getIndexFromCoords2D(vec2<i32>(d0,d1),
        uniforms.t4Shape)]);
    }
   
  fn getT4ByOutputIndex(globalIndex : i32) -> f32 {
    var coords = getCoordsFromIndex(globalIndex);
    
    return f32(T4[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t4Shape)]);
  }

  fn getT4ByOutputCoords(coordsIn : vec2<i32>) -> f32 {
    var coords = coordsIn;
    
    return f32(T4[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t4Shape)]);
  }


    fn getT5(d0 : i32, d1 : i32) -> f32 {
      return f32(T5[getIndexFromCoords2D(vec2<i32>(d0,d1),
        uniforms.t5Shape)]);
    }
   
  fn getT5ByOutputIndex(globalIndex : i32) -> f32 {
    var coords = getCoordsFromIndex(globalIndex);
    
    return f32(T5[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t5Shape)]);
  }

  fn getT5ByOutputCoords(coordsIn : vec2<i32>) -> f32 {
    var coords = coordsIn;
    
    return f32(T5[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t5Shape)]);
  }


    fn getT6(d0 : i32, d1 : i32) -> f32 {
      return f32(T6[getIndexFromCoords2D(vec2<i32>(d0,d1),
        uniforms.t6Shape)]);
    }
   
  fn getT6ByOutputIndex(globalIndex : i32) -> f32 {
    var coords = getCoordsFromIndex(globalIndex);
    
    return f32(T6[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t6Shape)]);
  }

  fn getT6ByOutputCoords(coordsIn : vec2<i32>) -> f32 {
    var coords = coordsIn;
    
    return f32(T6[getIndexFromCoords2D(vec2<i32>(coords.x, coords.y), uniforms.t6Shape)]);
  }


      
        fn main(index : i32)
       {
        for(var i = 0; i < 1; i = i + 1) {
          let flatIndex = index * 1 + i;
          if(flatIndex < uniforms.size) {
            let coords = getCoordsFromIndex(flatIndex);
            let yR = coords.x;
            let yC = coords.y;

            if (yC < uniforms.offset0){ setOutputAtCoords(coords.x, coords.y, getT0(yR, yC)); }
        else if (yC < uniforms.offset1){ setOutputAtCoords(coords.x, coords.y, getT1(yR, yC - uniforms.offset0)); }
        else if (yC < uniforms.offset2){ setOutputAtCoords(coords.x, coords.y, getT2(yR, yC - uniforms.offset1)); }
        else if (yC < uniforms.offset3){ setOutputAtCoords(coords.x, coords.y, getT3(yR, yC - uniforms.offset2)); }
        else if (yC < uniforms.offset4){ setOutputAtCoords(coords.x, coords.y, getT4(yR, yC - uniforms.offset3)); }
        else if (yC < uniforms.offset5){ setOutputAtCoords(coords.x, coords.y, getT5(yR, yC - uniforms.offset4)); }
        else { setOutputAtCoords(coords.x, coords.y, getT6(yR, yC - uniforms.offset5)); }
          }
        }
      }
    

     
  @compute @workgroup_size(64, 1, 1)

      fn _start(@builtin(local_invocation_id) LocalId : vec3<u32>,
                @builtin(global_invocation_id) GlobalId : vec3<u32>,
                @builtin(local_invocation_index) LocalIndex: u32,
                @builtin(workgroup_id) WorkgroupId : vec3<u32>,
                @builtin(num_workgroups) NumWorkgroups : vec3<u32>) {
        localId = LocalId;
        localIndex = LocalIndex;
        globalId = GlobalId;
        numWorkgroups = NumWorkgroups;
        workgroupId = WorkgroupId;
        main(getGlobalIndex());;
      }
    