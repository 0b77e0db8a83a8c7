"""The program `node`: of several nodes beside the same stores, what this one tells the others."""
