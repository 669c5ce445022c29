const peristyle = @import("peristyle");

pub const panic = peristyle.panic;

const Weather = extern struct { wind: f32 };

fn run(weather: peristyle.Res(Weather)) void {
    weather.value.wind = 0;
}

comptime {
    peristyle.module(.{ .systems = .{.{ .name = "run", .run = run }} });
}
