"""多商家入驻 + 核销: malls and their merchants sell deals; a purchase gives codes, a store redeems them, the platform settles each with its part."""
