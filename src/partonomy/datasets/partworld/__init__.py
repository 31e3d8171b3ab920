"""PartWorld: rendered objects whose parts are known exactly."""
