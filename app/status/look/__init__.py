"""How the company's packs and documents look: its name, colour and logo."""
