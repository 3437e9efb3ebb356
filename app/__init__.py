"""Baiye 百业: one back office for eighteen kinds of mini-program business."""
