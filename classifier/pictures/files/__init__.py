"""Image files before they are decoded: stripped to what decides their pixels, and refused if that costs too much."""
