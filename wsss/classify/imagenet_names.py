"""The ImageNet classes that show the classes of VOC and COCO.

ImageNet's 1,000 classes are finer than those of segmentation datasets: 118 of them are dogs. A name
here is the first name of the ImageNet class. "A .. B" is the run of all classes from A to B in
ImageNet's order. An empty entry says that ImageNet has no such class; a search by name would find
something else (a kite is a bird there).
"""

RUN = " .. "
"""stands between the first and the last name of a run"""
IMAGENET_NAMES: dict[str, tuple[str, ...]] = {
    # VOC
    "aeroplane": ("airliner", "warplane"),
    "bicycle": ("bicycle-built-for-two", "mountain bike"),
    "bird": ("cock .. great grey owl", "black grouse .. black swan", "white stork .. albatross"),
    "boat": (
        "canoe", "catamaran", "container ship", "fireboat", "gondola", "lifeboat", "liner",
        "schooner", "speedboat", "trimaran", "yawl",
    ),
    "bottle": ("beer bottle", "pill bottle", "pop bottle", "water bottle", "wine bottle"),
    "bus": ("minibus", "school bus", "trolleybus"),
    "car": (
        "beach wagon", "cab", "convertible", "jeep", "limousine", "minivan", "Model T", "racer",
        "sports car",
    ),
    "cat": ("tabby .. Egyptian cat",),
    "chair": ("barber chair", "folding chair", "rocking chair", "throne"),
    "cow": ("ox .. bison",),
    "diningtable": ("dining table",),
    "dog": ("Chihuahua .. Mexican hairless",),
    "horse": ("sorrel",),
    "motorbike": ("moped", "motor scooter"),
    "person": (),
    "pottedplant": ("pot",),
    "sheep": ("ram", "bighorn"),
    "sofa": ("studio couch",),
    "train": ("bullet train", "electric locomotive", "passenger car", "steam locomotive"),
    "tvmonitor": ("monitor", "screen", "television"),
    # COCO's other classes
    "apple": ("Granny Smith",),
    "backpack": ("backpack",),
    "banana": ("banana",),
    "baseball bat": (),
    "baseball glove": (),
    "bear": ("brown bear .. sloth bear",),
    "bed": ("four-poster",),
    "bench": ("park bench",),
    "book": ("book jacket", "comic book"),
    "bowl": ("mixing bowl", "soup bowl"),
    "broccoli": ("broccoli",),
    "cake": (),
    "carrot": (),
    "cell phone": ("cellular telephone",),
    "clock": ("analog clock", "digital clock", "wall clock"),
    "cup": ("coffee mug", "cup"),
    "donut": (),
    "elephant": ("tusker", "Indian elephant", "African elephant"),
    "fire hydrant": (),
    "fork": (),
    "frisbee": (),
    "giraffe": (),
    "hair drier": ("hand blower",),
    "handbag": ("mailbag", "purse"),
    "hot dog": ("hotdog",),
    "keyboard": ("computer keyboard",),
    "kite": (),
    "knife": ("cleaver", "letter opener"),
    "laptop": ("laptop", "notebook"),
    "microwave": ("microwave",),
    "mouse": ("mouse",),
    "orange": ("orange",),
    "oven": ("stove",),
    "parking meter": ("parking meter",),
    "pizza": ("pizza",),
    "refrigerator": ("refrigerator",),
    "remote": ("remote control",),
    "sandwich": ("cheeseburger",),
    "scissors": (),
    "sink": ("washbasin",),
    "skateboard": (),
    "skis": ("ski",),
    "snowboard": (),
    "spoon": ("wooden spoon",),
    "sports ball": (
        "baseball", "basketball", "croquet ball", "golf ball", "ping-pong ball", "rugby ball",
        "soccer ball", "tennis ball", "volleyball",
    ),
    "stop sign": ("street sign",),
    "suitcase": (),
    "surfboard": (),
    "teddy bear": ("teddy",),
    "tennis racket": ("racket",),
    "tie": ("bow tie", "Windsor tie"),
    "toaster": ("toaster",),
    "toilet": ("toilet seat",),
    "toothbrush": (),
    "traffic light": ("traffic light",),
    "truck": (
        "fire engine", "garbage truck", "moving van", "pickup", "tow truck", "trailer truck",
    ),
    "umbrella": ("umbrella",),
    "vase": ("vase",),
    "wine glass": ("goblet",),
    "zebra": ("zebra",),
}  # fmt: skip
"""name of a class -> the ImageNet classes that show it"""
OTHER_NAMES = {
    "airplane": "aeroplane",
    "couch": "sofa",
    "motorcycle": "motorbike",
    "tv": "tvmonitor",
}
"""name of a class in COCO -> its name in the table, where more differs than spaces"""
