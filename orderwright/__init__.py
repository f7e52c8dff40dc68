"""Order management: from a placed order to money captured, goods returned and money refunded."""
