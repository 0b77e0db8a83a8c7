"""The program `node`: what one of several nodes beside the same stores writes for the others."""
