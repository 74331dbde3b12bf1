// The encoder's blocks: 3×3 convolution with the batch norm folded into it, 2×2 max pooling and ReLU.
//
// The first is computed as it is defined. The others go by Winograd's minimal filtering F(4×4, 3×3), as winograd.rs says: `input_transform`
// brings tiles of 6×6 pixels into the form in which 36 products make 4×4, `product` multiplies, `inverse_transform` brings those back.
//
// Channels lie side by side, four in a vec4f. Maps are [drawing, y, x, channels] within a border of zeros one pixel wide, tiles
// [drawing, tile, 36, channels], weights [9 or 36, input, out] and then the bias [out]. Neighbouring invocations differ in channels.

struct Block {
    /// Pixels a side of the maps that come in.
    side: u32,
    /// Channels that come in and go out, in fours.
    input: u32,
    out: u32,
    /// Pixels a side that come of a tile: 2 where it is pooled, else 4.
    tile_out: u32,
    /// Width of the border around what goes out.
    border: u32,
    /// Smaller values become this one.
    least: f32,
}

/// Drawings.
@group(0) @binding(0) var<uniform> count: u32;
@group(0) @binding(1) var<uniform> block: Block;
@group(0) @binding(2) var<storage, read> pictures: array<f32>;
@group(0) @binding(2) var<storage, read> source: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> sink: array<vec4f>;
@group(1) @binding(0) var<storage, read> weights: array<vec4f>;

alias Four = array<vec4f, 4>;
alias Six = array<vec4f, 6>;

/// A pooled pixel, four channels of it, from 4×4 of the picture.
@compute @workgroup_size(64)
fn first(@builtin(global_invocation_id) id: vec3u) {
    let half = block.side / 2;
    let quad = id.x % block.out;
    let x = id.x / block.out % half;
    let y = id.x / block.out / half;
    if y >= count * half { return; }

    let wide = block.side + 2;
    let at = (y / half * wide + y % half * 2) * wide + x * 2;
    let a = ink(at);
    let b = ink(at + wide);
    let c = ink(at + 2 * wide);
    let d = ink(at + 3 * wide);
    let sums = tap(0, quad, a.xy, b.xy) + tap(1, quad, a.yz, b.yz) + tap(2, quad, a.zw, b.zw)
        + tap(3, quad, b.xy, c.xy) + tap(4, quad, b.yz, c.yz) + tap(5, quad, b.zw, c.zw)
        + tap(6, quad, c.xy, d.xy) + tap(7, quad, c.yz, d.yz) + tap(8, quad, c.zw, d.zw);
    let most = max(max(sums[0], sums[1]), max(sums[2], sums[3]));
    put(((y / half * (half + 2) + y % half + 1) * (half + 2) + x + 1) * block.out + quad, most + weights[9 * block.out + quad]);
}

fn ink(at: u32) -> vec4f {
    return vec4f(pictures[at], pictures[at + 1], pictures[at + 2], pictures[at + 3]);
}

/// What a tap makes of 2×2 pixels: one a column.
fn tap(index: u32, quad: u32, above: vec2f, below: vec2f) -> mat4x4f {
    let weight = weights[index * block.out + quad];
    return mat4x4f(weight * above.x, weight * above.y, weight * below.x, weight * below.y);
}

/// Four channels of a tile: Bᵀ · pixels · B.
@compute @workgroup_size(64)
fn input_transform(@builtin(global_invocation_id) id: vec3u) {
    let step = block.input;
    let quad = id.x % step;
    let tile = id.x / step;
    let across = block.side / 4;
    if tile >= count * across * across { return; }

    let wide = block.side + 2;
    let row = tile / across;
    let corner = ((row / across * wide + row % across * 4) * wide + tile % across * 4) * step + quad;
    let a = spread(six(corner, wide * step));
    let b = spread(six(corner + step, wide * step));
    let c = spread(six(corner + 2 * step, wide * step));
    let d = spread(six(corner + 3 * step, wide * step));
    let e = spread(six(corner + 4 * step, wide * step));
    let f = spread(six(corner + 5 * step, wide * step));
    let to = tile * 36 * step + quad;
    put_six(to, step, spread(Six(a[0], b[0], c[0], d[0], e[0], f[0])));
    put_six(to + 6 * step, step, spread(Six(a[1], b[1], c[1], d[1], e[1], f[1])));
    put_six(to + 12 * step, step, spread(Six(a[2], b[2], c[2], d[2], e[2], f[2])));
    put_six(to + 18 * step, step, spread(Six(a[3], b[3], c[3], d[3], e[3], f[3])));
    put_six(to + 24 * step, step, spread(Six(a[4], b[4], c[4], d[4], e[4], f[4])));
    put_six(to + 30 * step, step, spread(Six(a[5], b[5], c[5], d[5], e[5], f[5])));
}

/// One of the 36 products: four tiles by eight channels, those of `lane` and those half of all channels further on.
@compute @workgroup_size(64)
fn product(@builtin(global_invocation_id) id: vec3u) {
    let lanes = block.out / 2;
    let lane = id.x % lanes;
    let tile = id.x / lanes * 4;
    if tile >= count * block.side * block.side / 16 { return; }

    var left = mat4x4f();
    var right = mat4x4f();
    let tiles = (tile * 36 + id.y) * block.input;
    for (var deep = 0u; deep < block.input; deep++) {
        let values = rows(tiles + deep, 36 * block.input);
        let at = (id.y * block.input + deep) * 4 * block.out + lane;
        left += kernel(at) * values;
        right += kernel(at + lanes) * values;
    }
    let to = (tile * 36 + id.y) * block.out + lane;
    put_rows(to, left);
    put_rows(to + lanes, right);
}

/// Four channels of four tiles, a tile a column.
fn rows(at: u32, step: u32) -> mat4x4f {
    return mat4x4f(source[at], source[at + step], source[at + 2 * step], source[at + 3 * step]);
}

/// From four channels to four others.
fn kernel(at: u32) -> mat4x4f {
    return mat4x4f(weights[at], weights[at + block.out], weights[at + 2 * block.out], weights[at + 3 * block.out]);
}

fn put_rows(at: u32, values: mat4x4f) {
    let step = 36 * block.out;
    sink[at] = values[0];
    sink[at + step] = values[1];
    sink[at + 2 * step] = values[2];
    sink[at + 3 * step] = values[3];
}

/// Four channels of a tile: Aᵀ · products · A, biased, pooled and rectified.
@compute @workgroup_size(64)
fn inverse_transform(@builtin(global_invocation_id) id: vec3u) {
    let step = block.out;
    let quad = id.x % step;
    let tile = id.x / step;
    let across = block.side / 4;
    if tile >= count * across * across { return; }

    let at = tile * 36 * step + quad;
    let a = gather(six(at, 6 * step));
    let b = gather(six(at + step, 6 * step));
    let c = gather(six(at + 2 * step, 6 * step));
    let d = gather(six(at + 3 * step, 6 * step));
    let e = gather(six(at + 4 * step, 6 * step));
    let f = gather(six(at + 5 * step, 6 * step));
    let p = gather(Six(a[0], b[0], c[0], d[0], e[0], f[0]));
    let q = gather(Six(a[1], b[1], c[1], d[1], e[1], f[1]));
    let r = gather(Six(a[2], b[2], c[2], d[2], e[2], f[2]));
    let s = gather(Six(a[3], b[3], c[3], d[3], e[3], f[3]));

    let wide = across * block.tile_out + 2 * block.border;
    let row = tile / across;
    let y = row / across * wide + row % across * block.tile_out + block.border;
    let to = (y * wide + tile % across * block.tile_out + block.border) * step + quad;
    let bias = weights[36 * 4 * block.input * step + quad];
    if block.tile_out == 2 {
        put(to, bias + max(max(p[0], p[1]), max(q[0], q[1])));
        put(to + step, bias + max(max(p[2], p[3]), max(q[2], q[3])));
        put(to + wide * step, bias + max(max(r[0], r[1]), max(s[0], s[1])));
        put(to + (wide + 1) * step, bias + max(max(r[2], r[3]), max(s[2], s[3])));
    } else {
        put_four(to, step, bias, p);
        put_four(to + wide * step, step, bias, q);
        put_four(to + 2 * wide * step, step, bias, r);
        put_four(to + 3 * wide * step, step, bias, s);
    }
}

fn put_four(at: u32, step: u32, bias: vec4f, values: Four) {
    put(at, bias + values[0]);
    put(at + step, bias + values[1]);
    put(at + 2 * step, bias + values[2]);
    put(at + 3 * step, bias + values[3]);
}

fn put(at: u32, value: vec4f) {
    sink[at] = max(value, vec4f(block.least));
}

fn six(at: u32, step: u32) -> Six {
    return Six(
        source[at], source[at + step], source[at + 2 * step],
        source[at + 3 * step], source[at + 4 * step], source[at + 5 * step],
    );
}

fn put_six(at: u32, step: u32, values: Six) {
    sink[at] = values[0];
    sink[at + step] = values[1];
    sink[at + 2 * step] = values[2];
    sink[at + 3 * step] = values[3];
    sink[at + 4 * step] = values[4];
    sink[at + 5 * step] = values[5];
}

/// Bᵀ of F(4, 3) times a column.
fn spread(v: Six) -> Six {
    let even = v[4] - 4.0 * v[2];
    let odd = v[3] - 4.0 * v[1];
    let near = v[4] - v[2];
    let far = 2.0 * (v[3] - v[1]);
    return Six(
        4.0 * v[0] - 5.0 * v[2] + v[4], even + odd, even - odd,
        near + far, near - far, 4.0 * v[1] - 5.0 * v[3] + v[5],
    );
}

/// Aᵀ of F(4, 3) times a column.
fn gather(v: Six) -> Four {
    let near = v[1] + v[2];
    let far = v[3] + v[4];
    let stride = v[1] - v[2];
    let leap = v[3] - v[4];
    return Four(v[0] + near + far, stride + 2.0 * leap, near + 4.0 * far, stride + 8.0 * leap + v[5]);
}
