"""From a graph of Values to code: `jit`, and the back ends behind it."""
