"""Augmentations of images. No torch."""

from __future__ import annotations

from core.registry import Param
from core.train.augment.spec import AugmentationSpec

_SURVEY = "Shorten and Khoshgoftaar 2019."


def probability(default: float, help: str) -> Param:
    """How often something happens."""
    return Param("probability", default, "Probability", help, minimum=0, maximum=1)


def _image(key: str, label: str, summary: str, article: str, function: str, *params: Param) -> AugmentationSpec:
    return AugmentationSpec(
        key=key, label=label, summary=summary, article=article, params=params, kinds=("image",),
        build=f"core.train.augment.images:{function}",
    )  # fmt: skip


ENTRIES: tuple[AugmentationSpec, ...] = (
    _image(
        "rotation", "Rotation", "Turns each image a little.",
        "Each image is turned about its middle by an angle drawn evenly from -a..a. A large angle changes what a digit is: a 6 "
        f"becomes a 9. {_SURVEY}",
        "rotate", Param("degrees", 10.0, "Largest angle", "In either direction.", above=0, maximum=180, unit="degrees"),
    ),
    _image(
        "translation", "Translation", "Moves each image a little, in both directions.",
        "Each image is moved by a share drawn evenly from -s..s of its width and of its height; its edge is repeated where "
        "nothing was. Networks with pooling over the whole image need it less. LeCun et al. 1998 distorted digits so.",
        "translate", Param("share", 0.1, "Largest share", "Of the width and of the height.", above=0, below=1),
    ),
    _image(
        "zoom", "Scale", "Makes each image a little larger or smaller.",
        f"The scale is f^u with u drawn evenly from -1..1, so that larger and smaller are alike likely. {_SURVEY}",
        "zoom", Param("factor", 1.2, "Largest factor", "1.2: from 83 to 120 per cent.", above=1, maximum=4),
    ),
    _image(
        "crop", "Random crop", "Shows a part of each image, at full size.",
        "A part with a side of s..1 of the image's, at a random place, is stretched to the whole size: the network must know the "
        "thing by its parts. Krizhevsky, Sutskever and Hinton 2012; resized, Szegedy et al. 2015.",
        "crop", Param("smallest", 0.7, "Smallest side", "As a share of the image's side.", above=0, below=1),
    ),
    _image(
        "flip_horizontal", "Flip left and right", "Mirrors half of the images.",
        "With probability p an image is mirrored. Right for animals and scenes, wrong for digits and letters, whose mirror image "
        "is another sign or none. Krizhevsky, Sutskever and Hinton 2012.",
        "flip_horizontal", probability(0.5, "Of an image to be mirrored."),
    ),
    _image(
        "flip_vertical", "Flip top and bottom", "Turns half of the images upside down.",
        f"With probability p an image is mirrored top to bottom: for pictures from above or under a microscope. {_SURVEY}",
        "flip_vertical", probability(0.5, "Of an image to be mirrored."),
    ),
    _image(
        "brightness", "Brightness", "Makes each image a little lighter or darker.",
        "x + b, with one b drawn evenly from -d..d for each image, kept within 0..1. Howard 2013 adjusted brightness and contrast so.",
        "brightness", Param("delta", 0.2, "Largest change", "Where 0 is black and 1 white.", above=0, maximum=1),
    ),
    _image(
        "contrast", "Contrast", "Makes differences within an image larger or smaller.",
        "m + c (x - m), with m the image's mean and c from 1/f..f, kept within 0..1. Howard 2013.",
        "contrast", Param("factor", 1.5, "Largest factor", "On the distance from the mean.", above=1, maximum=10),
    ),
    _image(
        "blur", "Blur", "Smooths each image a little.",
        "A normal kernel with a standard deviation drawn evenly from 0..s pixels. It takes away the texture that networks cling "
        "to. Chen, Kornblith, Norouzi and Hinton 2020 use it.",
        "blur", Param("sigma", 1.0, "Largest sigma", "Standard deviation of the kernel.", above=0, maximum=3, unit="pixels"),
    ),
    _image(
        "pixel_noise", "Pixel noise", "Grain on every value.",
        f"x + e, with e normal of standard deviation s for each value, where 0 is black and 1 white. {_SURVEY}",
        "pixel_noise", Param("std", 0.05, "Standard deviation", "Of the noise.", above=0, maximum=1),
    ),
    _image(
        "erasing", "Random erasing", "Blots out a rectangle.",
        "With probability p a rectangle of up to the share s of the area takes the image's mean: no single part may carry the "
        "answer. DeVries and Taylor 2017 (Cutout); Zhong et al. 2020.",
        "erase", Param("largest", 0.25, "Largest share", "Of the area.", above=0, below=1),
        probability(0.5, "Of an image to be blotted."),
    ),
    AugmentationSpec(
        key="cutmix", label="CutMix", summary="Pastes a rectangle of another image, and shares the target by area.",
        article="With probability p a rectangle of an area drawn evenly from 0..1 comes from another training image, and the target "
        "is mixed by the areas. Unlike mixup it leaves pixels as they are. Yun et al. 2019.",
        build="core.train.augment.images:cutmix", kinds=("image",), mixes=True,
        params=(probability(0.5, "Of an image to get a patch."),),
    ),
)  # fmt: skip
