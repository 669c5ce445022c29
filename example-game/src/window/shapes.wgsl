#import bevy_sprite::mesh2d_vertex_output::VertexOutput

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var shapes: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var shapes_sampler: sampler;

// The color is multiplied by its alpha before, so coverage scales all four alike.
@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    return in.color * textureSample(shapes, shapes_sampler, in.uv).r;
}
