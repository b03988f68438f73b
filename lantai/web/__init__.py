"""The workbench: pages for people, made on the server from what the HTTP API answers.

Every page asks the API in the same process as its reader would (`asking`), so the matrix, the view, limits
and the use journal hold here without a line of their own: a page shows nothing that the API would not tell.
"""
