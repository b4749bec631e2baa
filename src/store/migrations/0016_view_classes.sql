-- Views that leave something out have classes of their own: 7 is of delegates, 8 to 10 of friends; 6 is of delegates where nothing is
-- left out. They have come as far as the class that they were part of, and know of nothing before.
INSERT INTO layer_audiences (layer, class, number, horizon)
    SELECT layer, 6, number, number FROM layer_audiences WHERE class = 1;
INSERT INTO layer_audiences (layer, class, number, horizon)
    SELECT layer, 7, number, number FROM layer_audiences WHERE class = 1;
INSERT INTO layer_audiences (layer, class, number, horizon)
    SELECT layer, 8, number, number FROM layer_audiences WHERE class = 3;
INSERT INTO layer_audiences (layer, class, number, horizon)
    SELECT layer, 9, number, number FROM layer_audiences WHERE class = 3;
INSERT INTO layer_audiences (layer, class, number, horizon)
    SELECT layer, 10, number, number FROM layer_audiences WHERE class = 3;
