"""Songs from a CSV file, all of them or none. The journey of a file, from the top down; no module calls one above it:

`uploads`     somebody uploads a file, sees what it would change, and confirms the import
`jobs`        background jobs check the file and import it
`plan`        what an import would add, merge and refuse; then doing so
`csv_format`  the file itself: how it is read and written
"""
