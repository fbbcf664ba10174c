"""Kernels that several methods share: functions on arrays, no frames, no files, no clock."""
