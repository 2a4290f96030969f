"""Bridges to other libraries, each imported only when its library is in use."""
