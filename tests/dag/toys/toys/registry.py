"""The toy methods by name."""

from wsss.run.methods import Method

SCRIBBLED = {
    "strokes": Method(
        "wsss.toys.methods:draw_strokes", "wsss.toys.settings:ToySettings", annotations=("mask",)
    )
}
SPREAD = {"mean": Method("wsss.toys.methods:spread", "wsss.toys.settings:ToySettings")}
CLOUD = {
    "stack": Method(
        "wsss.toys.methods:stack", "wsss.toys.settings:ToySettings", annotations=("boxes", "depth")
    )
}
PROJECTED = {"flat": Method("wsss.toys.methods:project", "wsss.toys.settings:ToySettings")}
