"""Who uses this MediaGen: how people come in, what they may do, what they chose to see, and how they leave."""
