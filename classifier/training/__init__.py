"""Arrays → artifact: a network is fitted, calibrated, measured, and published as a model folder."""
