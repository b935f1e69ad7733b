"""What sensing costs: PIR edge to event, advert to recognition, many adverts at once; and what the air takes, simulated."""
