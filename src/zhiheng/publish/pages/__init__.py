"""The pages of the site, one module each: what stands there, put together for its template."""
