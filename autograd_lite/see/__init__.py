"""Pictures of graphs. `dot` makes them for Graphviz."""
