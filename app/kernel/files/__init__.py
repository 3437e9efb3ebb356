"""Files: pictures, licences, documents; re-encoded, encrypted where they must be, reached by signed links."""
