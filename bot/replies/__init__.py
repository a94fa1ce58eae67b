"""What people read: plain values → embeds, files and alt texts. Pure functions."""
