"""Teaches Schemathesis the texts whose rules JSON Schema cannot express. They have a format in the OpenAPI document."""

import os
import struct
import zlib

import schemathesis
from hypothesis import strategies as st

user = os.environ["FUZZ_USER_ID"]
image = os.environ["FUZZ_IMAGE_ID"]
key = os.environ["FUZZ_KEY_ID"]
site = os.environ["FUZZ_SITE"]

# operations as in a URL, and paths of images, all of which can be served
operations = st.sampled_from(["resize_w-30", "flip", "resize_w-20_encode_q-70", "blur_s-2_grayscale"])
extensions = st.sampled_from(["jpg", "png", "webp", "avif", "auto"])

schemathesis.openapi.format("image-operations", operations)
# a text of an operation has a limit in bytes, and URLs have one, too
schemathesis.openapi.format("operation-text", st.from_regex(r"[a-zA-Z0-9é ]{1,40}", fullmatch=True))
schemathesis.openapi.format(
    "image-path", st.builds(lambda ops, ext: f"/processed/{user}/{image}_{ops}.{ext}", operations, extensions)
)
schemathesis.openapi.format("public-url", st.sampled_from([f"{site}/picture.png", f"{site}/other.png"]))
schemathesis.openapi.format("file-name", st.from_regex(r"[a-z0-9][a-z0-9 ()-]{0,40}\.(zip|jpg)", fullmatch=True))
schemathesis.openapi.format("json-metadata", st.sampled_from(['{}', '{"camera": "a"}', '{"a": "1", "b": ""}']))
schemathesis.openapi.format(
    "tag-list", st.lists(st.from_regex(r"[a-z0-9/ ]{1,64}", fullmatch=True), min_size=1, max_size=2).map(",".join)
)
schemathesis.openapi.format("json-focal", st.sampled_from(['null', '{"x": 0.5, "y": 1}', '{"x": 0, "y": 0.25}']))
# the only time that clients send is the end of an API key, which is in the future
schemathesis.openapi.format("date-time", st.integers(2100, 2900).map(lambda year: f"{year}-01-01T00:00:00Z"))
# days within the time for which usage is kept
schemathesis.openapi.format("date", st.integers(1, 28).map(lambda day: f"2026-10-{day:02}"))


def png(width: int, height: int, shade: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([shade]) * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


pictures = st.builds(png, st.integers(1, 20), st.integers(1, 20), st.integers(0, 255))
schemathesis.openapi.media_type("image/png", pictures)


def spare_image(case):
    """Keeps the image that paths name: a deleted one is 410, and the requests for it would test nothing else."""
    if case.method == "DELETE" and case.path_parameters.get("id") == image:
        case.path_parameters["id"] = "unknown1"
    body = case.body if isinstance(case.body, dict) else {}
    if body.get("action") == "delete" and isinstance(body.get("ids"), list):
        body["ids"] = ["unknown1" if one == image else one for one in body["ids"]]
    if case.path.endswith("/takedowns") and "imageId" in body:
        body["imageId"] = "unknown1" if body["imageId"] == image else body["imageId"]
    # lists have the hash of the image
    if case.path.endswith("/takedowns") and isinstance(body.get("sha256"), str) and len(body["sha256"]) == 64:
        body["sha256"] = "0" * 64


def spare_user(case):
    """Keeps the rights of the requests' user: all further requests would be refused, and test nothing else."""
    if case.path_parameters.get("id") != user or not case.path.startswith("/api/v1/users/"):
        return
    body = case.body if isinstance(case.body, dict) else {}
    loses_rights = case.method == "PATCH" and {"role", "disabled", "presetsOnly", "limits"} & set(body)
    if loses_rights or (case.method == "DELETE" and "/presets" not in case.path):
        case.path_parameters["id"] = "unknown1"


def order(values, low, high):
    """Two numbers in their order: a schema cannot compare fields."""
    if isinstance(values, dict) and values.get(low, 0) > values.get(high, values.get(low, 0)):
        values[low], values[high] = values[high], values[low]


def fit_image(step):
    """An operation that can be applied to the image, of 60 x 40 pixels and one page, whatever the others do."""
    op = step.get("op")
    if op == "overlay":
        step["i"] = image
    if op == "preset":
        step["n"] = "thumb"
    # several operations state the page together
    if op == "page":
        step.pop("animate", None)
        if "n" in step:
            step["n"] = 1
    if op == "gradient":
        # numbers are rounded to six decimals
        start, end = sorted([round(step.get("from", 0), 6), round(step.get("to", 1), 6)])
        step["from"], step["to"] = (start, end) if start < end else (0, 1)
    # the region of a crop must begin within the image
    if op == "crop":
        for side in ("x", "y"):
            if side in step:
                step[side] = min(step[side], 0.5)
    # the size and the cost of the result are limited
    if op == "extend" and "ar" in step:
        step["ar"] = "3:2"
    for name in ("w", "h", "minw", "minh", "t", "r", "b", "l", "all", "dpr", "s"):
        if op in ("resize", "pad", "extend", "border", "overlay", "text", "blur") and isinstance(
            step.get(name), (int, float)
        ):
            step[name] = min(step[name], 4 if name == "dpr" else 100)
    return step


@schemathesis.hook
def before_call(context, case, kwargs):
    """Completes valid requests by what only the service or a person can know."""
    # the key of the requests, without which no other request would do anything
    if "/api-keys/" in case.path and case.path_parameters.get("id") == key:
        case.path_parameters["id"] = "unknown1"
    spare_image(case)
    spare_user(case)
    # the preset of operations and orders
    if case.method == "DELETE" and case.path_parameters.get("name") == "thumb":
        case.path_parameters["name"] = "unknown"
    # a form has text only, so that a number in it breaks no rule: a control character does
    if case.media_type == "multipart/form-data" and isinstance(case.body, dict):
        for name, value in case.body.items():
            if isinstance(value, (int, float)) and name in ("title", "tags", "alt", "metadata"):
                case.body[name] = "\u0001"
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    query = case.query if isinstance(case.query, dict) else {}
    # a cursor comes from the list itself, nobody can make one up
    query.pop("cursor", None)
    if query.get("from", "") > query.get("to", "9"):
        query["from"], query["to"] = query["to"], query["from"]
    body = case.body if isinstance(case.body, dict) else {}
    # the name of a preset that exists
    if case.path.endswith("/eager") and "presets" in body:
        body["presets"] = ["thumb"]
    # both lists together have a limit
    if "transforms" in body and "presets" in body:
        body["transforms"] = body["transforms"][:10]
    requests = case.body if isinstance(case.body, list) else [body, *body.get("transforms", [])]
    for one in requests:
        if isinstance(one, dict) and isinstance(one.get("operations"), list):
            one["operations"] = [fit_image(step) for step in one["operations"][:3] if isinstance(step, dict)]
    if "/policies/" in case.path and isinstance(body.get("operations"), dict):
        for options in body["operations"].values():
            for rule in options.values() if isinstance(options, dict) else []:
                order(rule, "min", "max")
    # what is unknown is 404 for one signature, but makes a batch of them invalid
    if case.path.endswith("/sign/batch") and isinstance(case.body, list):
        for one in case.body:
            one.pop("policy", None)
            if "imageId" in one:
                one["imageId"] = image
