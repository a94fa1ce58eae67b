"""What people read: plain values in, Discord's embeds, files and alt texts out. No input, no output, no clock."""
