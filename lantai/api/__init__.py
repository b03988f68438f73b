"""The HTTP door: the API under `/api/v1`, for programs and the workbench."""
