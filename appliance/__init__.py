"""The image with every daemon; `shared` is what all three images have in common."""
