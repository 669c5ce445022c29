const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Weather = extern struct { wind: f32 };

fn run(weather: peristyle.Res(Weather), changed: peristyle.ResMut(Weather)) void {
    changed.value.wind = weather.value.wind + 1;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
