// The router's bench checks the properties that scripts/prove proves.
bind router router_properties #(
    .Depth(Depth),
    .PayloadBits(PayloadBits),
    .FavourPeriod(FavourPeriod)
) u_properties (
    .*
);
