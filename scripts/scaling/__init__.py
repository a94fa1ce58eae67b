"""The cost model: what a number of servers needs, computed from measured figures and stated assumptions."""
